// Whom the server sees, asked by a process of its own: for what Node.js reads from its environment only as it starts.
import {ourWhoami} from './whoami.ts';

console.log(JSON.stringify(await ourWhoami(JSON.parse(process.argv[2] ?? '{}'), process.env)));
