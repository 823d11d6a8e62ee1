import { defineConfig, type UserConfig } from "vite";

// The command in a few files instead of three hundred: Node takes half as long to start it. What a subcommand alone
// needs stays in files of its own, and packages stay packages.
const config: UserConfig = defineConfig({
  build: {
    ssr: true,
    outDir: "dist/cli",
    emptyOutDir: true,
    target: "es2023",
    minify: false,
    rolldownOptions: {
      // Threads load files, so that what they run is one.
      input: { main: "cli/main.ts", "hunt-worker": "runner/hunt/hunt.ts" },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
    },
  },
  logLevel: "warn",
});

export default config;
