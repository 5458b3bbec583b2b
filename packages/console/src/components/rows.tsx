import type { ReactNode } from "react";

/** A list whose items have something at their end, which moves below on a narrow screen. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className="rows" aria-label={label}>
      {children}
    </ul>
  );
}

export function Row({ children, end }: { children: ReactNode; end?: ReactNode }) {
  return (
    <li>
      <div className="row-main">{children}</div>
      {end === undefined || end === null ? null : <div className="row-end">{end}</div>}
    </li>
  );
}
