import {interrupted} from './helm-interrupted.ts';

const test = interrupted(4);
test.run();
