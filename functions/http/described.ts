import * as v from 'valibot';

/** What the API description says of a schema. @__NO_SIDE_EFFECTS__ */
export function described<Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.pipe(schema, v.description(description));
}

/** The same of a field that may be absent. @__NO_SIDE_EFFECTS__ */
export function optional<Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.optional(described(schema, description));
}
