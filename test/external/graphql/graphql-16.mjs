import * as graphql from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { serve } from '../../fixtures/frameworks/graphql-app.cjs';

serve(graphql, createHandler);
