using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Toka.Core.Errors;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>A service's one method. Bodies are bytes: the marshallers copy them, and Toka's own decoders read them.</summary>
/// <param name="receiver">Takes the requests.</param>
/// <param name="signal">What they bring.</param>
internal abstract class OtlpGrpcService(OtlpReceiver receiver, OtlpSignal signal)
{
    public async Task<byte[]> Export(IngestBody body, ServerCallContext context)
    {
        using (body)
        {
            GrpcGate.Received(context.GetHttpContext());
            var outcome = "error";
            try
            {
                if (receiver.WhyNot(signal) is { } reason)
                {
                    outcome = "not_taken";
                    throw new RpcException(new Status(StatusCode.Unimplemented, reason));
                }

                var result = await receiver.ExportAsync(signal, body.Memory, OtlpProtocol.Grpc, context.CancellationToken);
                outcome = result.Outcome;
                return OtlpResponses.ExportProtobuf(result.Rejected, result.Reasons);
            }
            catch (BadInputException e)
            {
                outcome = "bad_request";
                throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
            }
            catch (IOException e)
            {
                outcome = "unavailable";
                throw Unavailable(IngestHost.NotWritten(e));
            }
            catch (OperationCanceledException)
            {
                outcome = "cancelled";
                throw;
            }
            finally
            {
                receiver.TallyOf(OtlpProtocol.Grpc).Request(outcome);
            }
        }
    }

    /// <summary>With a RetryInfo: exporters that know it wait so long, others by their own back-off.</summary>
    private static RpcException Unavailable(string message) => new(
        new Status(StatusCode.Unavailable, message),
        new Metadata { { "grpc-status-details-bin", OtlpResponses.RetryStatusProtobuf(OtlpStatusCode.Unavailable, message, IngestHost.RetryAfterSeconds) } });
}

/// <summary>The service that takes metrics.</summary>
internal sealed class OtlpMetricsGrpcService(OtlpReceiver receiver) : OtlpGrpcService(receiver, OtlpSignal.Metrics), IOtlpServiceName
{
    public static string Name => "opentelemetry.proto.collector.metrics.v1.MetricsService";
}

/// <summary>The service that takes traces.</summary>
internal sealed class OtlpTracesGrpcService(OtlpReceiver receiver) : OtlpGrpcService(receiver, OtlpSignal.Traces), IOtlpServiceName
{
    public static string Name => "opentelemetry.proto.collector.trace.v1.TraceService";
}

/// <summary>The service that takes logs.</summary>
internal sealed class OtlpLogsGrpcService(OtlpReceiver receiver) : OtlpGrpcService(receiver, OtlpSignal.Logs), IOtlpServiceName
{
    public static string Name => "opentelemetry.proto.collector.logs.v1.LogsService";
}

/// <summary>What a service is called on the wire.</summary>
internal interface IOtlpServiceName
{
    /// <summary>The package and the service.</summary>
    static abstract string Name { get; }
}

/// <summary>Binds the method of a service by hand: there is no generated base class to find it by.</summary>
internal sealed class OtlpMethodProvider<[DynamicallyAccessedMembers(
    DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods)] TService> : IServiceMethodProvider<TService>
    where TService : OtlpGrpcService, IOtlpServiceName
{
    private static readonly Method<IngestBody, byte[]> s_export = new(
        MethodType.Unary,
        TService.Name,
        "Export",
        new Marshaller<IngestBody>(NotSent, static context => IngestBody.Of(context.PayloadAsReadOnlySequence())),
        new Marshaller<byte[]>(static (body, context) => context.Complete(body), static context => context.PayloadAsNewBuffer()));

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context) =>
        context.AddUnaryMethod(s_export, [], static (service, request, call) => service.Export(request, call));

    [DoesNotReturn]
    private static void NotSent(IngestBody body, SerializationContext context) =>
        throw new NotSupportedException("A server does not write requests.");
}
