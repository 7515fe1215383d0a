import {test} from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../package.json' with {type: 'json'};
import {builderVersion, packageVersion} from '../../src/report/version.ts';

test('the version is that of package.json', () => assert.is(packageVersion, manifest.version));
test('a report says v<version>+seldon-usage', () => assert.is(builderVersion, `v${manifest.version}+seldon-usage`));

test.run();
