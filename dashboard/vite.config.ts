import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

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

export default defineConfig({
  base: './',
  plugins: [svelte(), paintAfterScript()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    css: true,
  },
} as Parameters<typeof defineConfig>[0]);
