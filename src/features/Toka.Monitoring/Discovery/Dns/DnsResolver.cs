using System.Globalization;
using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Toka.Core.Errors;

namespace Toka.Monitoring.Discovery.Dns;

/// <summary>Asks DNS for records, names without a dot at their end below the system's search domains too. Thread-safe.</summary>
internal sealed class DnsResolver
{
    /// <summary>How long one server may take, the two further tries aside.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    // What fails is tried again at the next question: a system may have no servers yet.
    private readonly Lazy<LookupClient> _client;
    private readonly SearchPath _search;

    /// <summary>Makes a resolver.</summary>
    /// <param name="servers">The servers; null for the system's, and then its search domains count too.</param>
    public DnsResolver(IReadOnlyList<IPEndPoint>? servers)
    {
        _client = new Lazy<LookupClient>(() => Make(servers), LazyThreadSafetyMode.PublicationOnly);
        _search = servers is null ? SearchPath.OfSystem() : SearchPath.None;
    }

    private static LookupClient Make(IReadOnlyList<IPEndPoint>? servers)
    {
        var options = servers is null ? new LookupClientOptions() : new LookupClientOptions([.. servers]);
        options.UseCache = false; // The interval of refreshes is what the configuration says.
        options.Timeout = s_timeout;
        options.ContinueOnDnsError = true;
        return new LookupClient(options);
    }

    /// <summary>The records of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">Their kind.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The records; none where the servers say that there are none.</returns>
    /// <exception cref="BadInputException">No server could say.</exception>
    public async Task<IReadOnlyList<DnsResourceRecord>> AskAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        string? fault = null;
        foreach (var full in _search.NamesOf(name))
        {
            try
            {
                var answer = await _client.Value.QueryAsync(full, type, QueryClass.IN, cancellationToken);
                if (answer.Header.ResponseCode is not (DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain))
                {
                    fault = string.Create(CultureInfo.InvariantCulture, $"the server answers {answer.Header.ResponseCode}");
                }
                else if (answer.Answers.Count > 0)
                {
                    return answer.Answers;
                }
            }
            catch (Exception e) when (e is DnsResponseException or ArgumentException or InvalidOperationException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                fault = e.Message;
            }
        }

        // Somebody who knew the name might have had records of it.
        return fault is null ? [] : throw new BadInputException($"the name cannot be looked up: {fault}");
    }
}
