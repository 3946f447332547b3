// Bundles src/ into one self-contained script, assets/viewer/player.bundle.js: no CDN, works without a network.
import * as esbuild from 'esbuild';
import {createHash} from 'node:crypto';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const {version} = JSON.parse(await readFile(here('node_modules/three/package.json'), 'utf8'));

// A test compares this with the sources, so that the shipped bundle is never an older one.
const digest = createHash('sha256');
for (const name of ['package-lock.json', ...(await readdir(here('src'))).sort().map((file) => `src/${file}`)])
  digest.update(await readFile(here(name)));
const source = digest.digest('hex').slice(0, 16);

const options = {
  entryPoints: [here('src/index.js')],
  outfile: here('../assets/viewer/player.bundle.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022'],
  loader: {'.css': 'text'},
  legalComments: 'none',
  banner: {js: `/* StyGazeTalk player, MIT. Contains three.js ${version}, MIT: see THREE-LICENSE.txt. source:${source} */`},
  logLevel: 'info',
};

await mkdir(here('../assets/viewer'), {recursive: true});
await writeFile(
  here('../assets/viewer/THREE-LICENSE.txt'),
  `player.bundle.js contains three.js ${version} under this licence:\n\n` + (await readFile(here('node_modules/three/LICENSE'), 'utf8')),
);
if (process.argv.includes('--watch')) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
