export { openSqliteTransport } from './transport.ts';
