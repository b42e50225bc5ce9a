using System.Net;

namespace Toka.Tests.Shared;

/// <summary>Sends samples of a gauge by one protocol.</summary>
internal interface IGauge : IDisposable
{
    /// <summary>Sends, and says what was answered and whether it said when to come again.</summary>
    Task<(HttpStatusCode Status, bool SaysWhen, string Body)> SendAsync(IEnumerable<GaugeSample> samples, CancellationToken stop = default);

    /// <summary>Whether an answer says that all samples were taken.</summary>
    bool IsWhole(HttpStatusCode status, string body);
}
