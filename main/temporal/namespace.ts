import { type Connection, isGrpcServiceError } from '@temporalio/client';

/** Histories of closed workflows are kept so long, for questions; no promise depends on them. */
const retentionSeconds = 30 * 86_400;
/** gRPC's status codes (grpc.github.io, "Status codes"). */
const alreadyExists = 6;

/** Idempotent. */
export async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: retentionSeconds as never },
    });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== alreadyExists) throw error;
  }
}
