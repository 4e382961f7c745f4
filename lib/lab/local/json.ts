/** Reads JSON from outside; every access names its path, so that an error shows where it is wrong. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws SyntaxError, as JSON.parse. */
export function parseJson(text: string): unknown {
  return JSON.parse(text);
}

/** An object whose fields are read with a type; a field of another type throws what `fault` makes of it. */
export interface Fields {
  readonly value: JsonObject;
  text(name: string): string;
  textOr<Fallback>(name: string, fallback: Fallback): string | Fallback;
  numberOr<Fallback>(name: string, fallback: Fallback): number | Fallback;
  /** true or false, if only by the fallback. */
  flag(name: string, fallback?: boolean): boolean;
  list(name: string): readonly unknown[];
  objects(name: string): readonly Fields[];
  object(name: string): Fields | undefined;
}

export function fieldsOf(value: unknown, place: string, fault: (message: string) => Error): Fields {
  if (!isObject(value)) {
    throw fault(`${place} must be an object`);
  }
  const refuse = (name: string, rule: string): Error => fault(`${place}.${name} must be ${rule}`);
  const textOr = <Fallback>(name: string, fallback: Fallback): string | Fallback => {
    const field = value[name];
    if (field === undefined) return fallback;
    if (typeof field !== 'string') throw refuse(name, 'a text');
    return field;
  };
  const list = (name: string): readonly unknown[] => {
    const field = value[name] ?? [];
    if (!Array.isArray(field)) throw refuse(name, 'a list');
    return field;
  };
  return {
    value,
    textOr,
    list,
    text: (name) => {
      const field = textOr(name, undefined);
      if (field === undefined) throw refuse(name, 'a text');
      return field;
    },
    numberOr: (name, fallback) => {
      const field = value[name];
      if (field === undefined) return fallback;
      // CloudFormation accepts "28" for 28.
      const number = typeof field === 'string' && field !== '' ? Number(field) : field;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw refuse(name, 'a number');
      return number;
    },
    flag: (name, fallback) => {
      const field = value[name] ?? fallback;
      if (typeof field !== 'boolean') throw refuse(name, 'true or false');
      return field;
    },
    objects: (name) => list(name).map((entry, index) => fieldsOf(entry, `${place}.${name}[${index}]`, fault)),
    object: (name) =>
      value[name] === undefined ? undefined : fieldsOf(value[name], `${place}.${name}`, fault),
  };
}
