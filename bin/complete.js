#!/usr/bin/env node
// kubectl runs it, as kubectl_complete-seldon_usage, for the Tab key after `kubectl seldon-usage`.
process.argv.splice(2, 0, '__complete');
import('./run.js');
