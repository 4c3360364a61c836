// Where the OpenTelemetry Operator looks for the preload of an image for Node.js.
require('audit-register');
