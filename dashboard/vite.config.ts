import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, loadEnv, type Plugin } from 'vite';

/**
 * Lets the first paint wait for the (small, local) script, so that the chosen theme is there from the first pixel on.
 * The usual remedy, an inline script, is what the content security policy forbids.
 */
function paintAfterScript(): Plugin {
  return {
    name: 'toka-paint-after-script',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace('<script type="module" crossorigin', '<script type="module" blocking="render"')
        .replaceAll('<link rel="stylesheet" crossorigin', '<link rel="stylesheet"'),
    },
  };
}

/** The running Toka that `npm run dev` shows: TOKA_URL, or the one at the usual address. It answers its own page only, so requests come as if from there. */
const toka = loadEnv('', '.', 'TOKA_')['TOKA_URL'] ?? 'http://127.0.0.1:4319';

export default defineConfig({
  base: './',
  plugins: [svelte(), paintAfterScript()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    proxy: { '/api': { target: toka, ws: true, changeOrigin: true, headers: { origin: toka }, rewriteWsOrigin: true } },
  },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    css: true,
  },
} as Parameters<typeof defineConfig>[0]);
