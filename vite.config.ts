import { defineConfig, type UserConfig } from "vite";

// Relative addresses in the page, so that it works from any path it is served at.
const config: UserConfig = defineConfig({
  root: "viz",
  base: "./",
  worker: { format: "es" },
  build: { outDir: "../dist/viz", emptyOutDir: true, target: "es2023" },
});

export default config;
