import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { listen } from '../../fixtures/frameworks/application.cjs';
import orders from './orders.cjs';

listen(createServer(createYoga({ schema: createSchema(orders), batching: true, logging: false })));
