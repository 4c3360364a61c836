const graphql = require('graphql');
const { createHandler } = require('graphql-http/lib/use/http');
const { serve } = require('../../fixtures/frameworks/graphql-app.cjs');

serve(graphql, createHandler);
