// Objects with holes. One template is read twice: here, with the values of options, and by the generator of the chart,
// which writes a hole as Helm's own expression. What differs between the two is in this file and in build/chart.ts alone.

/** Values of options, by their names: `seldon-namespace`. A list that was not given is empty, a text too. */
export type Values = Readonly<Record<string, string | boolean | readonly string[] | readonly number[]>>;

/** Where a value comes from. */
export class Value {
  readonly option: string;

  constructor(option: string) {
    this.option = option;
  }
}

/** The item of the list that is gone through. */
export class Item {}

/** Text made of texts and values. */
export class Text {
  readonly parts: readonly (string | Value | Item)[];

  constructor(parts: readonly (string | Value | Item)[]) {
    this.parts = parts;
  }
}

/** All values of a list in one text. */
export class Joined {
  readonly option: string;
  readonly between: string;

  constructor(option: string, between: string) {
    this.option = option;
    this.between = between;
  }
}

/** Whether something is there. */
export type Test =
  /** An option is given: a text or a list that is not empty, a switch that is on. */
  | {readonly given: string}
  | {readonly option: string; readonly is: string}
  | {readonly not: Test}
  | {readonly any: readonly Test[]};

/** Something that is there under a condition. In a list its items stand for themselves. */
export class When {
  readonly test: Test;
  readonly yes: Template;
  readonly otherwise: Template | undefined;

  constructor(test: Test, yes: Template, otherwise?: Template) {
    this.test = test;
    this.yes = yes;
    this.otherwise = otherwise;
  }
}

/** The items of a list, each made into something; they stand for themselves in the list around them. */
export class Each {
  readonly list: string;
  readonly item: Template;

  constructor(list: string, item: Template) {
    this.list = list;
    this.item = item;
  }
}

export type Template =
  | string
  | number
  | boolean
  | Value
  | Item
  | Text
  | Joined
  | When
  | Each
  | readonly Template[]
  | {readonly [key: string]: Template};

export const item = new Item();
export const value = (option: string) => new Value(option);
export const given = (option: string): Test => ({given: option});
export const when = (test: Test, yes: Template, otherwise?: Template) => new When(test, yes, otherwise);
export const each = (list: string, template: Template) => new Each(list, template);

/** `text\`--url=${item}\`` */
export function text(strings: TemplateStringsArray, ...holes: readonly (Value | Item)[]): Text {
  return new Text(strings.flatMap((string, index) => [...(string ? [string] : []), ...holes.slice(index, index + 1)]));
}

/** Whether a condition holds. */
export function holds(test: Test, values: Values): boolean {
  if ('given' in test) {
    const found = values[test.given];
    return Array.isArray(found) ? found.length > 0 : Boolean(found);
  }
  if ('not' in test) return !holds(test.not, values);
  if ('any' in test) return test.any.some((one) => holds(one, values));
  return values[test.option] === test.is;
}

/** A key, a list or an item that is not there. */
const nothing = Symbol('nothing');
type Made = unknown | typeof nothing;

/** The template with the values of options in its holes, as plain data. */
export function filled(template: Template, values: Values): unknown {
  const made = fill(template, values, undefined);
  return made === nothing ? undefined : made;
}

function fill(template: Template, values: Values, current: unknown): Made {
  if (typeof template !== 'object') return template;
  if (template instanceof Item) return current;
  if (template instanceof Value) return values[template.option];
  if (template instanceof Text) {
    return template.parts.map((part) => (typeof part === 'string' ? part : fill(part, values, current))).join('');
  }
  if (template instanceof Joined) return (values[template.option] as readonly string[]).join(template.between);
  if (template instanceof When) {
    if (holds(template.test, values)) return fill(template.yes, values, current);
    return template.otherwise === undefined ? nothing : fill(template.otherwise, values, current);
  }
  if (template instanceof Each) {
    const list = values[template.list] as readonly unknown[];
    return list.map((one) => fill(template.item, values, one));
  }
  if (isList(template)) {
    return template.flatMap((one): unknown[] => {
      const made = fill(one, values, current);
      if (made === nothing) return [];
      return (one instanceof When || one instanceof Each) && Array.isArray(made) ? made : [made];
    });
  }
  const entries = Object.entries(template).map(([key, one]) => [key, fill(one, values, current)] as const);
  return Object.fromEntries(entries.filter(([, made]) => made !== nothing));
}

/** Whether a template is a list: `Array.isArray` does not tell readonly arrays apart. */
export function isList(template: Template): template is readonly Template[] {
  return Array.isArray(template);
}
