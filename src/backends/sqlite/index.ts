export { openSqliteBackend } from './backend.ts';
