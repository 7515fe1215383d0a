import {runSuite} from './suite-of.ts';

runSuite(15);
