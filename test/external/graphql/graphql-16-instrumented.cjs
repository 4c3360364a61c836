const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { GraphQLInstrumentation } = require('@opentelemetry/instrumentation-graphql');

registerInstrumentations({ instrumentations: [new GraphQLInstrumentation()] });
require('./graphql-16.cjs');
