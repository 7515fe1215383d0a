// Imported before what reads it: libraries print to DEBUG what users gave, the query of a URL among it.
delete process.env.DEBUG;
