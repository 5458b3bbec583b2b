import { Button, Container } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { Empty } from "../components/page.tsx";

export function NotFound() {
  return (
    <Container size="xs" mt={80}>
      <Empty
        icon={MapPinOff}
        title="There is no such page"
        action={<Button renderRoot={(props) => <Link to="/" {...props} />}>Home</Button>}
      >
        The address is wrong, or what it showed is gone.
      </Empty>
    </Container>
  );
}
