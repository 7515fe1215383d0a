import {interrupted} from './helm-interrupted.ts';

const test = interrupted(3);
test.run();
