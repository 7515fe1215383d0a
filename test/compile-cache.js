import {enableCompileCache} from 'node:module';
import {join} from 'node:path';

// The tests are hundreds of processes that load the same source: what Node made of it is kept beside the packages. Not by
// NODE_COMPILE_CACHE, which the programs under test would inherit and obey.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/tests'));
