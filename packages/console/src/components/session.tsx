import { useSuspenseQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries.ts";
import type { User } from "../api/types.ts";

/** For the moment between the end of a session and the page to sign in. */
const NOBODY = { id: "", username: "", role: "viewer" } satisfies Partial<User>;

/** Who is signed in. Only below the shell, which is there for no one else. */
export function useUser(): Pick<User, "id" | "username" | "role"> {
  return useSuspenseQuery(sessionQuery).data?.user ?? NOBODY;
}

/** Whether the user may change things; a viewer sees them, and no button that the server would refuse. */
export function useMayChange(): boolean {
  return useUser().role === "owner";
}
