using System.Net;

namespace Toka.Edges.Tests.Cli;

public sealed class QueriesCommandTests
{
    private const string Answer = """
        {"active":[{"time":"2026-01-31T11:59:58+00:00","id":9,"expression":"sum(v)","startMs":0,"durationSeconds":2.0004,"series":3,"samples":400,"peakPoints":1,"bytes":9,"status":"active","from":"http","client":"10.0.0.1:99"}],
         "slowest":[],
         "limited":[{"time":"2026-01-31T11:00:00+00:00","id":4,"expression":"big","startMs":0,"durationSeconds":0.5,"series":30,"samples":4000,"peakPoints":1,"bytes":9,"status":"execution","error":"too many","limit":"samples_max","from":"rule","rule":"Slow"}]}
        """;

    [Fact]
    public async Task The_queries_are_printed_in_their_lists()
    {
        var run = await CliRun.Of(["queries"], static _ => (HttpStatusCode.OK, Answer));

        Assert.Equal(0, run.Status);
        Assert.Equal(
            """
            list     id  time                  seconds  series  samples  status     limit        from              expression
            active    9  2026-01-31T11:59:58Z        2       3      400  active                  http 10.0.0.1:99  sum(v)
            limited   4  2026-01-31T11:00:00Z      0.5      30     4000  execution  samples_max  rule Slow         big

            """, run.Out);
        Assert.Equal("GET /api/toka/v1/queries", Assert.Single(run.Requests));
    }

    [Fact]
    public async Task One_is_ended_by_its_number()
    {
        var run = await CliRun.Of(["queries", "--cancel", "9"], static _ => (HttpStatusCode.OK, """{"id":9,"cancelled":true}"""));

        Assert.Equal((0, "query 9 was ended\n"), (run.Status, run.Error));
        Assert.Equal("POST /api/toka/v1/queries/9/cancel", Assert.Single(run.Requests));
    }

    [Fact]
    public async Task One_that_does_not_run_is_said_so_and_what_is_no_number_is_refused()
    {
        var run = await CliRun.Of(["queries", "--cancel", "9"], static _ => (HttpStatusCode.NotFound, """{"status":"error","errorType":"not_found","error":"No query with the number 9 runs; it may have ended."}"""));
        Assert.Equal((2, "toka: No query with the number 9 runs; it may have ended.\n"), (run.Status, run.Error));

        var wrong = await CliRun.Of(["queries", "--cancel", "sum(v)"]);
        Assert.Equal((2, "toka: --cancel: sum(v) is not a query's number, as `toka queries` shows it\n"), (wrong.Status, wrong.Error));
    }

    [Fact]
    public async Task Where_there_is_none_that_is_said()
    {
        var run = await CliRun.Of(["queries"], static _ => (HttpStatusCode.OK, """{"active":[],"slowest":[],"limited":[]}"""));

        Assert.Equal((0, "", "no query runs, none was asked in the last hour, and none reached a limit\n"), (run.Status, run.Out, run.Error));
    }
}
