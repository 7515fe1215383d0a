import {suiteOn} from './suite-of.ts';

const test = suiteOn(15);

test.run();
