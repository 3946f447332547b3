// Bundles src/ into one self-contained script, assets/viewer/player.bundle.js: no CDN, works without a network.
import * as esbuild from 'esbuild';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const {version} = JSON.parse(await readFile(here('node_modules/three/package.json'), 'utf8'));
const options = {
  entryPoints: [here('src/index.js')],
  outfile: here('../assets/viewer/player.bundle.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2021'],
  loader: {'.css': 'text', '.glsl': 'text'},
  legalComments: 'none',
  banner: {js: `/* StyGazeTalk player, MIT. Contains three.js ${version}, MIT: see THREE-LICENSE.txt beside this file. */`},
  logLevel: 'info',
};

await mkdir(here('../assets/viewer'), {recursive: true});
await writeFile(
  here('../assets/viewer/THREE-LICENSE.txt'),
  `player.bundle.js contains three.js ${version} under this licence:\n\n` + (await readFile(here('node_modules/three/LICENSE'), 'utf8')),
);
if (process.argv.includes('--watch')) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
