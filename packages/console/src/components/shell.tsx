import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import {
  Bot,
  BrainCircuit,
  Code2,
  House,
  LogOut,
  Monitor,
  Moon,
  Phone,
  PhoneOff,
  Sun,
  UserRound,
  Users,
} from "lucide-react";
import { useEffect, useRef } from "react";
import { api, ask } from "../api/client.ts";
import { useLive } from "../api/live.ts";
import { liveCallsQuery, queryClient } from "../api/queries.ts";
import icon from "../icon.svg";
import { useUser } from "./session.tsx";
import { toldFailure } from "./told.ts";

const PAGES = [
  { to: "/", label: "Home", icon: House },
  { to: "/agents", label: "Agents", icon: Bot },
  { to: "/calls", label: "Calls", icon: Phone },
  { to: "/rejected", label: "Rejected calls", icon: PhoneOff },
] as const;
const SETTINGS = [
  { to: "/settings/developer", label: "Developer", icon: Code2 },
  { to: "/settings/models", label: "Models", icon: BrainCircuit },
  { to: "/settings/users", label: "Users", icon: Users },
] as const;

/** What is around every page of who is signed in. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useLive();
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    // Another page closes the menu of a phone, and who reads by ear or keyboard begins at its top.
    close();
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [path, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 230, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <UnstyledButton renderRoot={(props) => <Link to="/" {...props} />} aria-label="Ringdown, home">
              <Group gap="xs" wrap="nowrap">
                <img src={icon} width={28} height={28} alt="" />
                <Text fw={700} fz="lg">
                  Ringdown
                </Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SchemeButton />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <AppShell.Section grow component={ScrollArea}>
          {PAGES.map((page) => (
            <Page key={page.to} {...page} path={path} />
          ))}
          <Text size="xs" c="dimmed" fw={600} mt="lg" mb={4} px="sm">
            Settings
          </Text>
          {SETTINGS.map((page) => (
            <Page key={page.to} {...page} path={path} />
          ))}
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className="content">
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function Page({
  to,
  label,
  icon: Icon,
  path,
}: ((typeof PAGES)[number] | (typeof SETTINGS)[number]) & { path: string }) {
  const isHere = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
  return (
    <NavLink
      renderRoot={(props) => <Link to={to} {...props} />}
      label={label}
      active={isHere}
      aria-current={isHere ? "page" : undefined}
      leftSection={<Icon size={18} aria-hidden />}
      rightSection={to === "/calls" ? <LiveCount /> : undefined}
    />
  );
}

function LiveCount() {
  const { data } = useQuery(liveCallsQuery);
  if (data === undefined || data.length === 0) return null;
  return (
    <Badge size="sm" color="teal" variant="filled" aria-label={`${data.length} now`}>
      {data.length}
    </Badge>
  );
}

const SCHEMES = [
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
  { value: "auto", label: "As the system", icon: Monitor },
] as const;

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const present = SCHEMES.find(({ value }) => value === colorScheme) ?? SCHEMES[2];
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Colours: ${present.label}`}>
          <present.icon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item key={value} leftSection={<Icon size={16} />} onClick={() => setColorScheme(value)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu() {
  const user = useUser();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => ask(api.DELETE("/api/v2/session")),
    onError: toldFailure,
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ to: "/sign-in" });
    },
  });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={`Signed in as ${user.username}`}>
          <UserRound size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.username} ({user.role})
        </Menu.Label>
        <Menu.Item
          leftSection={<Users size={16} />}
          renderRoot={(props) => <Link to="/settings/users" {...props} />}
        >
          Password and users
        </Menu.Item>
        <Menu.Item leftSection={<LogOut size={16} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
