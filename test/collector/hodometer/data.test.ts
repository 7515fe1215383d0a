import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {bodyData, formData} from '../../../src/collector/hodometer/data.ts';

// Its base64 has both characters that the alphabets differ in, and padding.
const text = '{"a":">>>???"}';
const standard = Buffer.from(text).toString('base64');
const urlSafe = standard.replaceAll('+', '-').replaceAll('/', '_');
assert.match(standard, /\+.*\/.*=$|\/.*\+.*=$/);

const good: [name: string, query: string][] = [
  ['standard base64, as the client sends it', `data=${standard}&verbose=1`],
  ['+ that became a space on the way', `data=${standard.replaceAll('+', ' ')}`],
  ['+ that became %20', `data=${standard.replaceAll('+', '%20')}`],
  ['percent-encoded', `data=${encodeURIComponent(standard)}`],
  ['URL-safe base64', `data=${urlSafe}`],
  ['without padding', `verbose=1&data=${urlSafe.replace(/=+$/, '')}`],
  ['JSON', `data=${encodeURIComponent(text)}`],
];
for (const [name, query] of good) {
  test(`a query has the event: ${name}`, () => assert.is(String(formData(query)?.json), text));
  test(`a form has the event: ${name}`, () => assert.is(String(bodyData(Buffer.from(query)).json), text));
}

const bad: [name: string, query: string, fault: RegExp][] = [
  ['nothing', 'data=', /no data/],
  ['a name alone', 'data', /no data/],
  ['two of them', `data=${standard}&data=${standard}`, /more than once/],
  ['no base64', 'data=%7e%7e', /not base64/],
  ['a length that base64 has not', 'data=QUJDR', /not base64/],
  ['padding in the middle', 'data=QUI=QUI=', /not base64/],
  ['a line break', 'data=QUJD%0aQUJD', /not base64/],
  ['half a percent sign', 'data=QUJ%', /percent-encoded/],
  ['no UTF-8', 'data=%ff', /percent-encoded/],
];
for (const [name, query, fault] of bad)
  test(`refused: ${name}`, () => assert.match(formData(query)?.fault ?? '', fault));

test('a query without data is none', () => assert.is(formData('verbose=1&datax=1'), undefined));
test('a body of JSON is the event', () => assert.is(String(bodyData(Buffer.from(` ${text}`)).json), ` ${text}`));
for (const body of ['', '[]', 'verbose=1', 'QUJD'])
  test(`a body without data: ${JSON.stringify(body)}`, () =>
    assert.match(bodyData(Buffer.from(body)).fault!, /no data/));

test.run();
