import {hostileRecords} from './helm-hostile.ts';

const test = hostileRecords(3);
test.run();
