using Grpc.AspNetCore.Server;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>
/// OTLP over gRPC, plain, gzip or zstd: <c>Export</c> of <c>opentelemetry.proto.collector.metrics.v1.MetricsService</c>,
/// <c>…trace.v1.TraceService</c> and <c>…logs.v1.LogsService</c>.
/// </summary>
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
        services.AddSingleton(new GrpcGate(receiver));
        services.AddSingleton(new OtlpMetricsGrpcService(receiver));
        services.AddSingleton(new OtlpTracesGrpcService(receiver));
        services.AddSingleton(new OtlpLogsGrpcService(receiver));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<OtlpMetricsGrpcService>, OtlpMethodProvider<OtlpMetricsGrpcService>>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<OtlpTracesGrpcService>, OtlpMethodProvider<OtlpTracesGrpcService>>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<OtlpLogsGrpcService>, OtlpMethodProvider<OtlpLogsGrpcService>>());
        return services;
    }

    /// <summary>Maps the services; one whose signal is not taken is answered with UNIMPLEMENTED and a sentence. The listener must speak HTTP/2.</summary>
    /// <param name="endpoints">Where to map them; their services need <see cref="AddTokaOtlpGrpc"/>.</param>
    public static void MapTokaOtlpGrpc(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var gate = endpoints.ServiceProvider.GetRequiredService<GrpcGate>();
        Guard(endpoints.MapGrpcService<OtlpMetricsGrpcService>(), gate);
        Guard(endpoints.MapGrpcService<OtlpTracesGrpcService>(), gate);
        Guard(endpoints.MapGrpcService<OtlpLogsGrpcService>(), gate);
    }

    private static void Guard(GrpcServiceEndpointConventionBuilder mapped, GrpcGate gate) => mapped.Add(endpoint =>
    {
        var call = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context => gate.HandleAsync(context, call);
    });
}
