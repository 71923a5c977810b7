/**
 * Brings orders into the warehouse that TikTok said have changed: ids come by signal, are asked for fifty at a time
 * and loaded at once. It ends when nothing came for a while; the next signal starts it again. Promises: an id that
 * was signalled is asked for after the signal, once or more often; a poll finds what a lost event did not bring.
 */
import { defineSignal } from '@temporalio/workflow';

export const refreshOrdersType = 'refreshOrders';
export const refreshOrdersId = (connectionId: string): string => `refresh-orders-${connectionId}`;

export interface RefreshOrdersInput {
  readonly connectionId: string;
  /** What was signalled to the run before and not asked for yet. */
  readonly waiting?: readonly string[];
}

export interface OrdersChanged {
  readonly orderIds: readonly string[];
  /** The events that said so. */
  readonly eventIds: readonly string[];
}

export const ordersChangedSignal = defineSignal<[OrdersChanged]>('ordersChanged');

/** TikTok takes so many ids in one question. */
export const ordersPerCall = 50;

export interface PulledOrders {
  readonly epoch: number;
  readonly pullId: string;
  readonly pulledAtMs: number;
}

export interface RefreshOrdersActivities {
  /** One call, its answer landed. Fifty ids at most. Queue `tiktok-shop`. */
  pullOrders(input: {
    connectionId: string;
    orderIds: readonly string[];
    pullId: string;
  }): Promise<PulledOrders>;
  /** One transaction of each of the connection's files. Queue `warehouse`. */
  loadOrders(input: PulledOrders & { connectionId: string }): Promise<void>;
}
