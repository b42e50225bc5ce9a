using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Toka.Core.Errors;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>OTLP over gRPC: <c>opentelemetry.proto.collector.metrics.v1.MetricsService/Export</c>, plain, gzip or zstd.</summary>
public static class OtlpGrpcEndpoints
{
    /// <summary>Registers what <see cref="MapTokaOtlpGrpc"/> needs: gRPC, and the receiver.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="receiver">Takes the requests.</param>
    public static IServiceCollection AddTokaOtlpGrpc(this IServiceCollection services, OtlpReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(receiver);

        // For all services, because those of one are put beside the library's own, which unpack without a limit.
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = receiver.Limits.RequestBytesMax;
            options.CompressionProviders =
            [
                new BoundedCompressionProvider(BodyEncoding.Gzip, receiver.Limits.RequestBytesMax),
                new BoundedCompressionProvider(BodyEncoding.Zstd, receiver.Limits.RequestBytesMax),
            ];
        });
        services.AddSingleton(new OtlpMetricsGrpcService(receiver));
        services.AddSingleton(new GrpcGate(receiver));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<OtlpMetricsGrpcService>, OtlpMetricsMethodProvider>());
        return services;
    }

    /// <summary>Maps the service. The listener must speak HTTP/2.</summary>
    /// <param name="endpoints">Where to map it; its services need <see cref="AddTokaOtlpGrpc"/>.</param>
    /// <returns>The endpoints, for conventions such as authorisation or a host filter.</returns>
    public static IEndpointConventionBuilder MapTokaOtlpGrpc(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var gate = endpoints.ServiceProvider.GetRequiredService<GrpcGate>();
        var mapped = endpoints.MapGrpcService<OtlpMetricsGrpcService>();
        mapped.Add(endpoint =>
        {
            var call = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => gate.HandleAsync(context, call);
        });
        return mapped;
    }
}

/// <summary>The service's one method. Bodies are bytes: the marshallers copy them, and Toka's own decoder reads them.</summary>
internal sealed class OtlpMetricsGrpcService(OtlpReceiver receiver)
{
    public async Task<byte[]> Export(IngestBody body, ServerCallContext context)
    {
        using (body)
        {
            GrpcGate.Received(context.GetHttpContext());
            var tally = receiver.TallyOf(OtlpProtocol.Grpc);
            var outcome = "error";
            try
            {
                var result = await receiver.ExportAsync(body.Memory, OtlpProtocol.Grpc, context.CancellationToken);
                outcome = OtlpReceiver.OutcomeOf(result);
                return OtlpResponses.ExportProtobuf(result);
            }
            catch (BadInputException e)
            {
                outcome = "bad_request";
                throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
            }
            catch (IOException e)
            {
                outcome = "unavailable";
                throw new RpcException(new Status(StatusCode.Unavailable, IngestHost.NotWritten(e)));
            }
            catch (OperationCanceledException)
            {
                outcome = "cancelled";
                throw;
            }
            finally
            {
                tally.Request(outcome);
            }
        }
    }
}

/// <summary>Binds the method by hand: there is no generated base class to find it by.</summary>
internal sealed class OtlpMetricsMethodProvider : IServiceMethodProvider<OtlpMetricsGrpcService>
{
    private static readonly Method<IngestBody, byte[]> Export = new(
        MethodType.Unary,
        "opentelemetry.proto.collector.metrics.v1.MetricsService",
        "Export",
        new Marshaller<IngestBody>(NotSent, static context => IngestBody.Of(context.PayloadAsReadOnlySequence())),
        new Marshaller<byte[]>(static (body, context) => context.Complete(body), static context => context.PayloadAsNewBuffer()));

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OtlpMetricsGrpcService> context) =>
        context.AddUnaryMethod(Export, [], static (service, request, call) => service.Export(request, call));

    [DoesNotReturn]
    private static void NotSent(IngestBody body, SerializationContext context) =>
        throw new NotSupportedException("A server does not write requests.");
}
