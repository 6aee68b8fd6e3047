import { useRedis } from '../support/redis.ts';
import { backendConformance } from './backend.ts';
import { redisStore } from './redis-store.ts';
import { transportConformance } from './transport.ts';

const redis = useRedis();
const openStore = async () => redisStore(redis());

transportConformance('Redis', openStore);
backendConformance('Redis', openStore);
