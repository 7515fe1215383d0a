import * as Errors from '@oclif/core/errors';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {reportError} from '../../src/cli/report-error.ts';
import {type ErrorCode, exitCodes, UserError} from '../../src/errors.ts';

/** What is written to standard error meanwhile, and the exit code. */
function reported(error: unknown, argv: readonly string[] = []): {text: string; code: number} {
  const {write} = process.stderr;
  let text = '';
  process.stderr.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof write;
  try {
    const code = reportError(error, argv);
    return {text, code};
  } finally {
    process.stderr.write = write;
  }
}

test('what a message holds from elsewhere moves no cursor, whoever forgot to clean it', () => {
  const error = new UserError('cluster', 'One \u001b[2Jtwo.\nThree.', {suggestions: ['Is it \u009b2Jx\u202e?']});
  assert.is(reported(error).text, 'Error: One two.\nThree.\n  Is it x ?\n');
  assert.not.match(reported(error, ['show', '--json']).text.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u202e]/);
});

for (const code of Object.keys(exitCodes) as ErrorCode[]) {
  if (code === 'bug') continue;
  test(`an error of the kind ${code} ends with ${exitCodes[code]}`, () => {
    const error = new UserError(code, 'What happened.', {suggestions: ['Try this.', 'Or that.']});
    assert.equal(reported(error), {text: 'Error: What happened.\n  Try this.\n  Or that.\n', code: exitCodes[code]});
    const json = reported(error, ['show', '--json']);
    assert.is(
      json.text,
      `{"error":{"code":"${code}","message":"What happened.","suggestions":["Try this.","Or that."]}}\n`,
    );
    assert.is(json.code, exitCodes[code]);
  });
}
test('a bug comes with its stack trace and the request to report it', () => {
  const {text, code} = reported(new TypeError('x is not a function'));
  assert.is(code, exitCodes.bug);
  assert.match(text, /^Error: x is not a function\n +at [\s\S]+please report it/);
});
test('a bug as JSON has neither stack nor secrets', () => {
  const {text} = reported(new Error('token=abcdefghijkl\n\u001b[31m'), ['--json']);
  const {error} = JSON.parse(text);
  assert.is(error.code, 'bug');
  assert.is(error.message, 'token=[removed] …');
});
test('with SELDON_USAGE_DEBUG the causes follow, for programs too', () => {
  const error = new UserError('input', 'It is unreadable.', {cause: new TypeError('no such thing')});
  process.env.SELDON_USAGE_DEBUG = '1';
  try {
    assert.match(
      reported(error).text,
      /^Error: It is unreadable\.\n[\s\S]*\nCaused by: TypeError: no such thing\n {2}at /,
    );
    const {causes} = JSON.parse(reported(error, ['--json']).text).error;
    assert.ok(causes.includes('Caused by: TypeError: no such thing'));
  } finally {
    delete process.env.SELDON_USAGE_DEBUG;
  }
  assert.is(reported(error).text, 'Error: It is unreadable.\n');
});
test('what is thrown need not be an error', () => {
  for (const thrown of ['text', undefined, null, 5]) {
    assert.is(reported(thrown).code, exitCodes.bug);
    assert.is(JSON.parse(reported(thrown, ['--json']).text).error.code, 'bug');
  }
});
test("what oclif's parser throws is wrong usage, with its suggestions", () => {
  const error = new Errors.CLIError('Nonexistent flag: --\u001b[31mx\nSee more help with --help', {
    suggestions: ['--y'],
  });
  const {text, code} = reported(error);
  assert.is(code, exitCodes.usage);
  assert.match(text, /^Error: Nonexistent flag: --x\n {2}--y\n/);
});
const thrown: [message: string, says: RegExp][] = [
  [
    'The following error occurred:\n  --json=true cannot also be provided when using --csv',
    /^Error: --json cannot also be/,
  ],
  [
    'The following errors occurred:\n  Missing required flag image\n  Missing required flag url',
    /^Error: --image is missing\n--url is missing\n/,
  ],
  [
    'Parsing --threads \n\tExpected an integer but received: x',
    /^Error: --threads: expected an integer but received: x\n/,
  ],
  ['Missing 1 required arg:\nfile  what serve backup made', /^Error: FILE is missing: what serve backup made\n/],
  [
    'Missing 2 required args:\nsetting  a name\nvalue    a value',
    /^Error: SETTING is missing: a name\nVALUE is missing: a value\n/,
  ],
];
for (const [message, says] of thrown)
  test(`in words of the program: ${message.slice(0, 60)}`, () =>
    assert.match(reported(new Errors.CLIError(`${message}\nSee more help with --help`)).text, says));

const json: [argv: string[], json: boolean][] = [
  [['show', '--json'], true],
  [['--json', 'show'], true],
  [['show', '--', '--json'], false],
  [['show', '--jsonx'], false],
];
for (const [argv, expected] of json) {
  test(`${argv.join(' ')}: ${expected ? 'JSON' : 'text'}`, () =>
    assert.is(reported(new UserError('usage', 'x'), argv).text.startsWith('{'), expected));
}

test.run();
