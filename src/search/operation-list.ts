import { OPERATIONS } from '../record/operations.js';

/** What a request asked for, as a list in SQL; empty where there is none. No name of an operation has a comma or a blank. */
export const OPERATION_LIST = `extractAll(attributes['${OPERATIONS}'], '[^, ]+')`;
