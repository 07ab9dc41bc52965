export { openCrew, type OpenedCrew } from './open-crew.ts';
export { planThreads, type ThreadPlan } from './plan-threads.ts';
