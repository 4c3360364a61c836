import type { Attribute, Entry } from './ocsf.ts';

const text: Attribute = { type: 'string_t', requirement: 'optional' };

function one(object_type: string): Attribute {
  return { type: 'object_t', object_type, requirement: 'recommended' };
}

/** What OCSF 1.9.0 adds to every class with the profile `record_integrity`, by hand: see published/README.md. */
export const ATTESTATION_LIST: Attribute = {
  type: 'object_t',
  object_type: 'attestation',
  is_array: true,
  requirement: 'optional',
  profiles: ['record_integrity'],
};

export const INTEGRITY_OBJECTS: Readonly<Record<string, Entry>> = {
  attestation: {
    constraints: { at_least_one: ['fingerprint', 'signatures'] },
    attributes: {
      uid: text,
      authority_uid: text,
      signatures: { ...one('digital_signature'), is_array: true },
      fingerprint: one('fingerprint'),
      prev_event: one('prev_event'),
      chain_uid: text,
    },
  },
};

/** What it adds to the object `fingerprint`. */
export const FINGERPRINT_ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  serialization: text,
  serialization_id: {
    type: 'integer_t',
    requirement: 'recommended',
    sibling: 'serialization',
    enum: {
      '0': 'Unknown',
      '1': 'Flat',
      '2': 'JCS',
      '3': 'JWS',
      '4': 'COSE',
      '5': 'DSSE',
      '6': 'Authenticode',
      '7': 'Code Signing',
      '8': 'App Package',
      '99': 'Other',
    },
  },
};
