import {readFileSync} from 'node:fs';
import type {Plugin} from 'esbuild';

/**
 * Changes oclif as it is bundled, for the start of every command: its modules load what lays out help, draws spinners
 * and searches for plugins, whatever the command; in the bundle each is evaluated at its first use. A change that finds
 * nothing to change in the oclif of the day ends the build.
 */
export const oclif: Plugin = {
  name: 'oclif',
  setup(build) {
    const found = new Set<string>();
    build.onLoad({filter: /@oclif[\\/]core[\\/]lib[\\/].+\.js$/}, ({path}) => {
      let contents = readFileSync(path, 'utf8').replace(imports, (_, name, load) => {
        found.add('imports');
        return `const ${name} = new Proxy({}, {get: (_, key) => (${load})[key]});`;
      });
      for (const {before, after} of changes) {
        if (contents.includes(before)) found.add(before);
        contents = contents.replace(before, after);
      }
      return {contents};
    });
    build.onEnd(() => {
      const missed = ['imports', ...changes.map(({before}) => before)].filter((what) => !found.has(what));
      if (missed.length > 0) throw new Error(`oclif has no more ${missed.join(', ')}: see build/oclif.ts`);
    });
  },
};

/** `const ejs_1 = __importDefault(require("ejs"));` and `var args_1 = require("./args");`, as TypeScript writes them. */
const imports = /^(?:const|var) (\w+_\d) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm;

const changes = [
  {
    // The same answer: each text of help is compiled as a template, and few are one. 7 ms.
    before: 'return ejs_1.default.render(t, context);',
    after: "return t.includes('<%') ? ejs_1.default.render(t, context) : t;",
  },
];
