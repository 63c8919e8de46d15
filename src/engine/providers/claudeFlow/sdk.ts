/**
 * What is used of the MCP client. A bundle of its own that is loaded with the first connection: an engine without an
 * orchestrator never reads it. Nothing of ours is in it, so that our errors are the same class on both sides.
 */
export {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
