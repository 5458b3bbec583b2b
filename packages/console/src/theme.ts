import { Badge, type CSSVariablesResolver, createTheme } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "blue",
  // Enough contrast for small text on both grounds (WCAG 2.2 §1.4.3).
  primaryShade: 8,
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650" },
  respectReducedMotion: true,
  components: {
    Badge: Badge.extend({
      defaultProps: { tt: "none", fw: 600 },
      // A state that is cut off says nothing.
      styles: {
        root: { maxWidth: "none", flexShrink: 0, overflow: "visible" },
        label: { overflow: "visible" },
      },
    }),
  },
});

/** Mantine's own greys are too pale for small text. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-6)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--mantine-color-orange-light-color": "#9c3a06",
    "--mantine-color-teal-light-color": "#066649",
    "--mantine-color-red-light-color": "#a61e1e",
    "--mantine-color-yellow-light-color": "#7a4a00",
    "--mantine-color-blue-light-color": "#0d5089",
    "--mantine-color-gray-light-color": "#343a40",
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-2)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
  },
});
