import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// biome-ignore lint/style/noDefaultExport: Vite wants it so.
export default defineConfig({
  plugins: [react()],
  resolve: {
    // The grammar of routes is the server's own; of Node it asks only what an address looks like.
    alias: { "node:net": fileURLToPath(new URL("src/lib/ip-literals.ts", import.meta.url)) },
  },
  build: {
    target: "es2022",
    // The policy of the pages lets no script or font be part of a URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npx vite` in this folder, beside a node on its usual port.
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
