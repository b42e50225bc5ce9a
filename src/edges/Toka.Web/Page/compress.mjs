// Writes NAME.br and NAME.gz beside each file of the built page, where that is smaller. Usage: node compress.mjs DIR
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const compressible = /\.(html|js|mjs|css|json|map|svg|txt|webmanifest|ico)$/;

const [dir] = process.argv.slice(2);
for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compressible.test(entry.name)) {
    continue;
  }

  const file = join(entry.parentPath ?? entry.path, entry.name);
  const content = readFileSync(file);
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  write(file + '.br', brotli, content);
  write(file + '.gz', gzipSync(content, { level: 9 }), content);
}

function write(file, compressed, content) {
  if (compressed.length < content.length) {
    writeFileSync(file, compressed);
  } else {
    rmSync(file, { force: true });
  }
}
