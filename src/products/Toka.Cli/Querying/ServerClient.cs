using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Toka.Core.Errors;
using Toka.Query.Results;

namespace Toka.Cli.Querying;

/// <summary>A running server as the command asks it. What goes wrong on the way becomes one line that says what to do.</summary>
internal sealed class ServerClient : IDisposable
{
    /// <summary>As long as a query may take on the server, and a little more.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(130);

    private readonly HttpClient _http;
    private readonly string _url;
    private readonly TimeProvider _time;

    public ServerClient(string url, CliContext context)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw new BadInputException($"--url: '{url}' is not a URL such as http://127.0.0.1:4319");
        }

        _url = url.TrimEnd('/');
        _time = context.Time;
        _http = new HttpClient(context.HttpHandler()) { BaseAddress = new Uri(_url + "/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Gets a JSON document.</summary>
    /// <param name="path">Relative to the server's URL.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BadInputException">Nothing answers, or the answer is an error, or it is not JSON.</exception>
    public async Task<JsonDocument> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, RequestTimeout, cancellationToken);
    }

    /// <summary>Ends a query by its number.</summary>
    /// <param name="id">The number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BadInputException">Nothing answers, or no such query runs.</exception>
    public async Task CancelQueryAsync(long id, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"api/toka/v1/queries/{id}/cancel"));
        using var answer = await SendAsync(request, RequestTimeout, cancellationToken);
    }

    /// <summary>Asks a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BadInputException">Nothing answers, or the server refuses the query.</exception>
    public async Task<QueryResult> QueryAsync(QueryRequest query, CancellationToken cancellationToken)
    {
        var form = new List<KeyValuePair<string, string>> { new("query", query.Expression) };
        if (query.IsRange)
        {
            form.Add(new("start", Seconds(query.FromMs)));
            form.Add(new("end", Seconds(query.ToMs)));
            form.Add(new("step", Seconds(query.StepMs)));
        }
        else
        {
            form.Add(new("time", Seconds(query.FromMs)));
        }

        if (query.PrefersRaw)
        {
            form.Add(new("resolution", "raw"));
        }

        if (query.WantsProfile)
        {
            form.Add(new("stats", "all"));
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, query.IsRange ? "api/v1/query_range" : "api/v1/query")
        {
            Content = new FormUrlEncodedContent(form),
        };
        using var answer = await SendAsync(request, RequestTimeout, cancellationToken);
        try
        {
            return PrometheusAnswer.Read(answer.RootElement);
        }
        catch (JsonException)
        {
            throw NotTokasApi();
        }
    }

    public void Dispose() => _http.Dispose();

    private static string Seconds(long ms) => ((decimal)ms / 1000).ToString(CultureInfo.InvariantCulture);

    private BadInputException NotTokasApi() => new($"what answers at {_url} does not speak toka's API; name another with --url");

    /// <summary>
    /// Posts a form and gets a JSON document, however long it takes: such work is as long as the data, the answer comes at its
    /// end, and who hangs up ends it.
    /// </summary>
    /// <param name="path">Relative to the server's URL.</param>
    /// <param name="form">The form's fields.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BadInputException">Nothing answers, or the answer is an error, or it is not JSON.</exception>
    public async Task<JsonDocument> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        return await SendAsync(request, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Posts a form and reads the answer, however long it takes.</summary>
    /// <param name="path">Relative to the server's URL.</param>
    /// <param name="form">The form's fields.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BadInputException">Nothing answers, or the answer is an error or was cut off.</exception>
    public async Task<T> DownloadAsync<T>(string path, IEnumerable<KeyValuePair<string, string>> form, Func<Stream, Task<T>> read, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        return await SendAsync(request, read, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Gets lines as they come, until the server ends them.</summary>
    /// <param name="path">Relative to the server's URL.</param>
    /// <param name="take">Takes a line.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BadInputException">Nothing answers, or the answer is an error or was cut off.</exception>
    public async Task FollowAsync(string path, Func<string, Task> take, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        await SendAsync(request, ReadAsync, Timeout.InfiniteTimeSpan, cancellationToken);

        async Task<bool> ReadAsync(Stream body)
        {
            using var reader = new StreamReader(body);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Length > 0)
                {
                    await take(line);
                }
            }

            return true;
        }
    }

    private Task<JsonDocument> SendAsync(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken) =>
        SendAsync(request, body => JsonDocument.ParseAsync(body, default, cancellationToken), timeout, cancellationToken);

    /// <summary>Sends a request and reads the answer; the time limit is for its beginning.</summary>
    private async Task<T> SendAsync<T>(HttpRequestMessage request, Func<Stream, Task<T>> read, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return await read(body);
            }

            throw new BadInputException(await ErrorOfAsync(body, (int)response.StatusCode, cancellationToken));
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            throw new BadInputException($"nothing answers at {_url}: start it with `toka serve`, or name another with --url");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new BadInputException($"{_url} cannot be asked: {e.Message}");
        }
        catch (JsonException)
        {
            throw NotTokasApi();
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BadInputException($"{_url} did not answer within {timeout.TotalSeconds:0} s; ask for less, or look at its log");
        }
    }

    private async Task<string> ErrorOfAsync(Stream body, int status, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await JsonDocument.ParseAsync(body, default, cancellationToken);
            var error = answer.RootElement.Get("error").Text();
            if (error.Length > 0)
            {
                return error;
            }
        }
        catch (JsonException)
        {
            // The status says enough.
        }

        return $"{_url} answered with HTTP status {status}";
    }
}
