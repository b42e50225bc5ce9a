using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Tracing.TailSampling;
using Toka.Web.Api.Events;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Traces;

/// <summary><c>api/toka/v1/sampling</c>: what tail sampling does, and what other policies would have kept; see docs/reference/events-api.md.</summary>
internal sealed class SamplingApi(TokaWebServices services, ISpanReader spans, SamplingInForce? sampling)
{
    private const string Root = "/api/toka/v1/sampling";

    /// <summary>Bytes of the policies in a request: as many as a file has.</summary>
    private const int BodyBytesMax = 256 * 1024;

    private static readonly string[] s_get = ["GET"];
    private static readonly string[] s_post = ["POST"];

    private readonly SamplingPreview _preview = new(spans);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods(Root, s_get, endpoint.Always(StatusAsync));
        endpoints.MapMethods(Root + "/preview", s_post, endpoint.Always(PreviewAsync));
    }

    private Task StatusAsync(HttpContext context, CancellationToken cancellationToken) => EventJson.SendAsync(context, json =>
    {
        if (sampling is null)
        {
            json.WriteBoolean("enabled"u8, false);
            return;
        }

        SamplingJson.Write(json, sampling.Options, sampling.Status());
    });

    private async Task PreviewAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var parameters = ApiParameters.OfUrl(context);
        var range = parameters.Range(services.Time);
        var limit = parameters.Limit(SamplingPreview.DefaultTracesMax, 100_000);
        var options = await ReadAsync(context.Request, cancellationToken);
        var result = await _preview.RunAsync(options.Policies, range, limit, cancellationToken);
        await EventJson.SendAsync(context, json =>
        {
            SamplingJson.Write(json, result);
            json.WriteCost(result.Cost, started);
        });
    }

    /// <summary>Reads policies as <c>toka.yaml</c> has them below <c>tracing.tail_sampling</c>: YAML.</summary>
    private static async Task<TailSamplingOptions> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new byte[BodyBytesMax + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > BodyBytesMax)
        {
            throw new BadInputException($"the body is longer than {BodyBytesMax} bytes; send the policies alone");
        }

        var faults = new ConfigFaults();
        var root = ConfigSection.Root(YamlReader.Read(Encoding.UTF8.GetString(body, 0, length), "body", faults), "body", faults);
        if (!root.Has("policies"))
        {
            throw new BadInputException("the body has no policies; write YAML as in toka.yaml, such as policies: [{ name: slow, type: latency, least: 500ms }]");
        }

        var options = TailSamplingOptions.Bind(root);
        root.Complete();
        return faults.IsEmpty ? options : throw new BadInputException(string.Join("; ", faults.All));
    }
}
