import { setNonce } from "get-nonce";

/** The page's own, which styles made by scripts have to carry (Content-Security-Policy). */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

// What locks scrolling behind a dialogue asks here.
setNonce(styleNonce);
