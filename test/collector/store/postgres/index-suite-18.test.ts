import {suiteOn} from './suite-of.ts';

const test = suiteOn(18);

test.run();
