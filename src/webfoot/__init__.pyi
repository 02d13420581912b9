from webfoot.api.application import Webfoot as Webfoot
from webfoot.api.encoders import jsonable_encoder as jsonable_encoder
from webfoot.api.errors import HTTPException as HTTPException
from webfoot.api.errors import RequestValidationError as RequestValidationError
from webfoot.api.errors import ResponseValidationError as ResponseValidationError
from webfoot.api.markers import Body as Body
from webfoot.api.markers import Cookie as Cookie
from webfoot.api.markers import Depends as Depends
from webfoot.api.markers import File as File
from webfoot.api.markers import Form as Form
from webfoot.api.markers import Header as Header
from webfoot.api.markers import Path as Path
from webfoot.api.markers import Query as Query
from webfoot.api.markers import Security as Security
from webfoot.api.route import ApiRoute as ApiRoute
from webfoot.api.router import APIRouter as APIRouter
from webfoot.api.uploads import UploadFile as UploadFile
from webfoot.web import status as status
from webfoot.web.background import BackgroundTasks as BackgroundTasks
from webfoot.web.requests import Request as Request
from webfoot.web.responses import Response as Response

__version__: str
