import { useEffect, useState } from "react";
import { duration, when } from "../lib/format.ts";

/** A time, short; in full under the mouse. */
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {when(at)}
    </time>
  );
}

/** How long something has been going on, counting. */
export function Since({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(tick);
  }, []);
  return (
    <span style={{ fontVariantNumeric: "tabular-nums" }}>
      {duration(Math.max(0, now - Date.parse(at)) / 1000)}
    </span>
  );
}
