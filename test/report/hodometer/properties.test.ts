import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {properties, propertiesAt} from '../../../src/report/hodometer/properties.ts';

for (const [level, filled, constant, zero] of [
  ['cluster', 4, ['seldon_core_version'], 10],
  ['resource', 9, ['seldon_core_version'], 5],
  ['feature', 12, ['seldon_core_version', 'gpu_enabled_count', 'server_cpu_cores_sum'], 0],
] as const)
  test(`the properties at the level ${level}`, () => {
    const found = propertiesAt(level);
    const names = found.constant.map(({name}) => name);
    assert.equal([found.filled.length, names, found.zero.length], [filled, constant, zero]);
    const all = [...found.filled, ...found.constant, ...found.zero].map(({name}) => name).sort();
    assert.equal(all, properties.map(({name}) => name).sort());
  });

test.run();
