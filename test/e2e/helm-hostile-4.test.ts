import {hostileRecords} from './helm-hostile.ts';

const test = hostileRecords(4);
test.run();
