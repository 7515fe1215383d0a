import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {amount, bytes, count, counted, isBytes, resourceAmount} from '../../src/render/units.ts';

const cases: [actual: string, expected: string][] = [
  [count(0), '0'],
  [count(0.5), '0.5'],
  [count(12345.678), '12,345.7'],
  [count(0.15), '0.2'],
  [count(1.45), '1.5'],
  [count(0.04), '0'],
  [count(999999.96), '1,000,000'],
  [count(2 ** 53), '9,007,199,254,740,992'],
  [count(1e21), '1,000,000,000,000,000,000,000'],
  [count(Number.NaN), 'NaN'],
  [counted(0, 'node'), '0 nodes'],
  [counted(1, 'node'), '1 node'],
  [counted(5000, 'node'), '5,000 nodes'],
  [bytes(0), '0 B'],
  [bytes(1023), '1,023 B'],
  [bytes(1024), '1 KiB'],
  [bytes(1536), '1.5 KiB'],
  [bytes(15405960 * 1024), '14.7 GiB'],
  [bytes(2 ** 40), '1 TiB'],
  [bytes(2 ** 73), '8,192 EiB'],
  [resourceAmount('cpu', 4), '4'],
  [resourceAmount('memory', 2 ** 30), '1 GiB'],
  [resourceAmount('hugepages-2Mi', 2 ** 31), '2 GiB'],
  [resourceAmount('ephemeral-storage', 2 ** 20), '1 MiB'],
  [resourceAmount('sgx.intel.com/epc', 2 ** 20), '1 MiB'],
  [resourceAmount('nvidia.com/gpu', 8), '8'],
  [String(amount('500m')), '0.5'],
  [String(amount('1Ki')), '1024'],
  [String(amount('many')), 'NaN'],
  [String(amount('')), 'NaN'],
  [String(isBytes('memory')), 'true'],
  [String(isBytes('pods')), 'false'],
];
for (const [actual, expected] of cases) test(`gives ${expected}`, () => assert.is(actual, expected));

test.run();
